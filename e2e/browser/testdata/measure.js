function (lang) {
  var bad = [], wide = document.documentElement.clientWidth, phone = wide < 768;
  function name(el) {
    var s = el.tagName.toLowerCase() + (el.id ? '#' + el.id : '') + (el.className && el.className.baseVal === undefined ? '.' + el.className.trim().replace(/\s+/g, '.') : '');
    return s + ' "' + (el.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 30) + '"';
  }
  function shown(el) {
    for (var p = el; p && p.nodeType === 1; p = p.parentElement) {
      var c = getComputedStyle(p);
      if (c.display === 'none' || c.visibility === 'hidden' || c.clipPath.indexOf('inset(50%') === 0) return false;
      if (p.tagName === 'DETAILS' && !p.open && !(p.querySelector('summary') || p).contains(el)) return false;
    }
    var r = el.getBoundingClientRect();
    return r.width > 0 && r.height > 0;
  }

  /* Sideways scrolling, and who causes it. */
  if (document.documentElement.scrollWidth > wide + 1) {
    var out = [].filter.call(document.body.querySelectorAll('*'), function (el) {
      if (!shown(el) || el.getBoundingClientRect().right <= wide + 1) return false;
      for (var p = el.parentElement; p; p = p.parentElement) if (/auto|scroll|hidden/.test(getComputedStyle(p).overflowX)) return false;
      return true;
    });
    bad.push('scrolls sideways: ' + document.documentElement.scrollWidth + ' > ' + wide + ' ' + out.slice(0, 3).map(name).join(', '));
  }

  /* Small text: 13 px in HTML, 12 px in a picture, as rendered. */
  var walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), n;
  while ((n = walk.nextNode())) {
    var el = n.parentElement;
    if (!n.data.trim() || /^(SCRIPT|STYLE|NOSCRIPT|OPTION|TITLE)$/.test(el.tagName) || !shown(el)) continue;
    var px = parseFloat(getComputedStyle(el).fontSize), inside = el.closest('svg');
    if (px === 0) continue;
    if (inside) { var m = el.getScreenCTM(); px *= m ? m.a : 1; }
    if (px < (inside ? 12 : 13) - 0.01) bad.push('small text ' + px + ' px: ' + name(el));
  }

  /* Targets: 24 px everywhere but inside a sentence, 44 px for the main ones on a phone. */
  document.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden])').forEach(function (el) {
    if (!shown(el) || el.classList.contains('skip')) return;
    var r = el.getBoundingClientRect(), c = getComputedStyle(el);
    var tick = /^(checkbox|radio)$/.test(el.type), box = tick ? el.closest('.pick, label') : el;
    if (box) r = box.getBoundingClientRect();
    if (c.display === 'inline' && !tick) return;
    if (r.width < 23.5 || r.height < 23.5) bad.push('small target ' + Math.round(r.width) + '×' + Math.round(r.height) + ': ' + name(el));
    if (phone && el.matches('.btn, .chip, .dock a, .tasks a, .counts a, summary, main form input, select, textarea') && r.height < 43.5)
      bad.push('small target for a thumb, ' + Math.round(r.height) + ' high: ' + name(el));
  });

  /* The document says what it is. */
  if (document.documentElement.lang !== lang) bad.push('lang is ' + document.documentElement.lang);
  if (document.querySelectorAll('h1').length !== 1) bad.push('one h1, not ' + document.querySelectorAll('h1').length);
  if (!document.title.trim() || !document.querySelector('meta[name=description][content]:not([content=""])')) bad.push('no title or description');
  var ids = {};
  document.querySelectorAll('[id]').forEach(function (el) { if (ids[el.id]) bad.push('the id ' + el.id + ' stands twice'); ids[el.id] = 1; });
  document.querySelectorAll('a[href^="#"]').forEach(function (a) { var to = a.getAttribute('href').slice(1); if (to && !ids[to]) bad.push('leads nowhere: ' + name(a)); });
  document.querySelectorAll('[aria-labelledby], [aria-describedby]').forEach(function (el) {
    ((el.getAttribute('aria-labelledby') || '') + ' ' + (el.getAttribute('aria-describedby') || '')).trim().split(/\s+/).forEach(function (id) { if (id && !ids[id]) bad.push('is explained by nothing: ' + name(el)); });
  });
  if (document.querySelector('[style]')) bad.push('an inline style: ' + name(document.querySelector('[style]')));

  /* What has the focus is not under the bar at the foot (WCAG 2.4.11). */
  var dock = document.querySelector('.dock');
  if (dock && getComputedStyle(dock).display !== 'none') {
    document.querySelectorAll('main a[href], main button, main input:not([type=hidden]), main select, main summary').forEach(function (el) {
      if (!shown(el)) return;
      el.focus();
      var r = el.getBoundingClientRect(), d = dock.getBoundingClientRect();
      if (r.top >= d.top - 1 && r.bottom <= d.bottom + 1) bad.push('focus hidden under the bar: ' + name(el));
    });
    if (document.activeElement) document.activeElement.blur();
    scrollTo(0, 0);
  }
  return bad;
}
