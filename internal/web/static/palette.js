/* The palette: one search from anywhere, by Ctrl K or /. Pages are found at
   once; the rest is added as the server answers. Without it the field in the
   header leads to the same search. ES2017, no library. */
(function () {
  'use strict';
  var doc = document, box = doc.getElementById('palette');
  if (!box || !box.showModal) return;
  var form = box.querySelector('form'), input = form.elements.q, list = box.querySelector('[role=listbox]');
  var pages = list.firstElementChild, state = box.querySelector('[role=status]'), slash = doc.getElementById('palette-slash'), keys = doc.getElementById('shortcuts');
  var asked = 0, timer = 0, under = null, writing = false, written = 0, made = 0;

  function fold(s) { return s.normalize('NFKC').toLowerCase().replace(/\s+/g, ''); }
  function options() {
    return Array.prototype.filter.call(list.querySelectorAll('[role=option]'), function (o) { return !o.hidden; });
  }
  function chosen() { return list.querySelector('[aria-selected=true]'); }
  function choose(o) {
    var was = chosen();
    if (was) was.setAttribute('aria-selected', 'false');
    if (!o) { input.removeAttribute('aria-activedescendant'); return; }
    o.setAttribute('aria-selected', 'true');
    input.setAttribute('aria-activedescendant', o.id);
    o.scrollIntoView({ block: 'nearest' });
  }

  /* Pages: characters anywhere in the name, letters at a beginning. */
  function narrow(words) {
    var key = /^[\x00-\x7f]*$/.test(words) ? '|' + words : words, some = false;
    pages.querySelectorAll('[role=option]').forEach(function (o) {
      o.hidden = words !== '' && o.dataset.k.indexOf(key) < 0;
      some = some || !o.hidden;
    });
    pages.hidden = !some;
  }
  function changed() {
    var words = fold(input.value), n = ++asked;
    choose(null);
    while (list.lastElementChild !== pages) list.lastElementChild.remove();
    narrow(words);
    choose(options()[0]);
    state.textContent = '';
    clearTimeout(timer);
    if (under) under.abort();
    if (words) timer = setTimeout(function () { ask(n); }, 120);
  }

  /* Of several questions under way only the newest is answered. */
  async function ask(n) {
    try {
      under = window.AbortController ? new AbortController() : null;
      var res = await fetch(form.getAttribute('action'), {
        method: 'POST', body: new URLSearchParams({ q: input.value }), credentials: 'same-origin',
        headers: { Accept: 'text/html' }, signal: under ? under.signal : undefined
      });
      var page = new DOMParser().parseFromString(await res.text(), 'text/html');
      if (n !== asked) return;
      var found = page.getElementById('found'), wrong = page.querySelector('.err');
      if (res.redirected || !found) throw new Error('no answer');
      found.querySelectorAll('section').forEach(add);
      state.textContent = wrong ? wrong.textContent : found.dataset.said;
      if (!chosen()) choose(options()[0]);
    } catch (err) {
      if (n === asked) state.textContent = box.dataset.failed;
    }
  }
  function add(section) {
    var head = section.querySelector('h2');
    if (head.id === 'pages-h') return;
    var group = doc.createElement('div'), name = doc.createElement('p');
    name.id = 'palette-' + head.id;
    name.textContent = head.textContent;
    group.setAttribute('role', 'group');
    group.setAttribute('aria-labelledby', name.id);
    group.appendChild(name);
    section.querySelectorAll('a[href], form').forEach(function (from) {
      var o = doc.createElement('div'), small = from.querySelector('small'), b = from.querySelector('b');
      o.id = 'palette-r' + (++made);
      o.setAttribute('role', 'option');
      o.setAttribute('aria-selected', 'false');
      o.textContent = (b || from).textContent;
      if (from.tagName === 'FORM') o.dataset.post = from.getAttribute('action');
      else o.dataset.href = from.getAttribute('href');
      if (small) o.appendChild(doc.createElement('small')).textContent = small.textContent;
      group.appendChild(o);
    });
    list.appendChild(group);
  }

  function go(o) {
    if (!o || o.dataset.post) {
      if (o) form.action = o.dataset.post;
      form.submit();
      return;
    }
    box.close();
    location.href = o.dataset.href;
  }
  function open(words) {
    keys.close();
    if (doc.querySelector('dialog[open]')) return;
    input.value = words || '';
    box.showModal();
    input.focus();
    changed();
  }

  /* While an input method composes, its keys are its own. WebKit ends the
     composition before the key that confirms it. */
  function composing(e) { return writing || e.isComposing || e.keyCode === 229 || Date.now() - written < 100; }
  input.addEventListener('compositionstart', function () { writing = true; });
  input.addEventListener('compositionend', function () { writing = false; written = Date.now(); changed(); });
  input.addEventListener('input', function (e) { if (!writing && !e.isComposing) changed(); });
  input.addEventListener('keydown', function (e) {
    if (composing(e)) {
      if (e.key === 'Enter' && !e.isComposing) e.preventDefault();
      return;
    }
    var all = options(), at = all.indexOf(chosen());
    switch (e.key) {
      case 'ArrowDown': choose(all[at + 1 < all.length ? at + 1 : 0]); break;
      case 'ArrowUp': choose(all[at > 0 ? at - 1 : all.length - 1]); break;
      case 'Enter': go(chosen()); break;
      case 'Escape': box.close(); break;
      default: return;
    }
    e.preventDefault();
  });
  form.addEventListener('submit', function (e) { // the "go" of a phone's keyboard
    e.preventDefault();
    go(chosen());
  });
  box.addEventListener('cancel', function (e) { if (composing(e)) e.preventDefault(); });
  list.addEventListener('click', function (e) {
    var o = e.target.closest('[role=option]');
    if (o) go(o);
  });
  [box, keys].forEach(function (d) {
    d.addEventListener('click', function (e) { if (e.target === d) d.close(); });
  });

  /* The single keys can be switched off, in this browser. */
  function kept(value) {
    try {
      if (value) localStorage.setItem('palette-slash', value);
      return localStorage.getItem('palette-slash');
    } catch (err) { return value; }
  }
  slash.checked = kept() !== 'off';
  slash.addEventListener('change', function () { kept(slash.checked ? 'on' : 'off'); });
  function typing(el) {
    return el.isContentEditable || el.matches && el.matches('textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=button])');
  }
  doc.addEventListener('keydown', function (e) {
    if (e.isComposing || e.keyCode === 229 || e.altKey || e.defaultPrevented) return;
    var held = e.ctrlKey || e.metaKey, single = !held && slash.checked && !typing(e.target);
    if (held && !e.shiftKey && e.key.toLowerCase() === 'k') {
      e.preventDefault();
      if (box.open) box.close(); else open();
    } else if (single && e.key === '/') {
      e.preventDefault();
      open();
    } else if (single && e.key === '?' && !doc.querySelector('dialog[open]')) {
      e.preventDefault();
      keys.showModal();
    }
  });
  var field = doc.querySelector('.seek input');
  if (field) field.addEventListener('mousedown', function (e) {
    e.preventDefault();
    open(field.value);
  });
})();
