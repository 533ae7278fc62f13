/* Conveniences on pages that work without them. ES2017, no library. */
(function () {
  'use strict';
  var doc = document;

  /* A form that came back: the summary of what is wrong takes the focus. */
  var errors = doc.querySelector('.errors');
  if (errors) errors.focus();

  /* Menus close on Escape and when the focus or a click goes elsewhere. */
  function closeMenus(except) {
    doc.querySelectorAll('details.switch[open], details.more[open]').forEach(function (d) {
      if (!d.contains(except)) d.open = false;
    });
  }
  doc.addEventListener('click', function (e) { closeMenus(e.target); });
  doc.addEventListener('focusin', function (e) { closeMenus(e.target); });
  doc.addEventListener('keydown', function (e) {
    if (e.key !== 'Escape' || e.isComposing) return;
    var open = e.target.closest && e.target.closest('details.switch[open], details.more[open]');
    closeMenus(null);
    if (open) open.querySelector('summary').focus();
  });

  /* A form is sent once. It can be sent again when the page comes back. */
  doc.addEventListener('submit', function (e) {
    if (e.target.method !== 'post') return;
    if (e.target.hasAttribute('data-sent')) { e.preventDefault(); return; }
    e.target.setAttribute('data-sent', '');
  });
  window.addEventListener('pageshow', function () {
    doc.querySelectorAll('form[data-sent]').forEach(function (f) { f.removeAttribute('data-sent'); });
  });

  /* Reads a page of this site and returns the element of it that has the id. */
  async function part(url, id) {
    var res = await fetch(url, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
    if (!res.ok || res.redirected) return null;
    return new DOMParser().parseFromString(await res.text(), 'text/html').getElementById(id);
  }

  /* What takes longer to count than the page may: fetched when it is there. */
  doc.querySelectorAll('[data-load]').forEach(async function (el) {
    var fresh = await part(el.dataset.load, el.id).catch(function () { return null; });
    if (fresh) el.replaceWith(fresh);
  });

  /* Work over time: read its page every two seconds, tell the ear every five. */
  var said = 0;
  async function follow(el) {
    var fresh = await part(el.dataset.poll, el.id).catch(function () { return el; });
    if (!fresh) { location.reload(); return; }
    if (fresh !== el) {
      el.replaceWith(fresh);
      if (!fresh.dataset.poll) { location.reload(); return; }
      if (Date.now() - said > 5000) { said = Date.now(); announce(fresh); }
    }
    later(fresh);
  }
  function later(el) { setTimeout(function () { follow(el); }, 2000); }
  function announce(el) {
    var live = doc.getElementById('live');
    if (!live) {
      live = doc.createElement('p');
      live.id = 'live'; live.className = 'vh';
      live.setAttribute('role', 'status');
      doc.getElementById('main').appendChild(live);
    }
    var p = el.querySelector('p');
    live.textContent = p ? p.textContent : '';
  }
  doc.querySelectorAll('.job[data-poll]').forEach(later);

  /* Tree tables become tree grids: arrows, Home, End and Enter, and a fold
     that opens in place. Each row needs an id for the focus to find it again. */
  function rows(table) { return Array.prototype.slice.call(table.tBodies[0].rows); }
  function depth(row) { return +row.dataset.d || 1; }
  function fold(row) { return row.querySelector('.fold'); }
  function grid(table) {
    table.setAttribute('role', 'treegrid');
    rows(table).forEach(function (row, i) {
      var f = fold(row);
      row.setAttribute('aria-level', depth(row));
      row.tabIndex = i === 0 ? 0 : -1;
      if (f) { row.setAttribute('aria-expanded', f.getAttribute('aria-expanded')); f.tabIndex = -1; }
    });
  }
  function go(table, row) {
    if (!row) return;
    rows(table).forEach(function (r) { r.tabIndex = r === row ? 0 : -1; });
    row.focus();
  }
  async function turn(table, row, url) {
    var id = row.id;
    table.setAttribute('aria-busy', 'true');
    var fresh = table.id ? await part(url, table.id).catch(function () { return null; }) : null;
    if (!fresh) { location.href = url; return; }
    table.replaceWith(fresh);
    grid(fresh);
    history.replaceState(null, '', url);
    go(fresh, id && doc.getElementById(id));
  }
  doc.addEventListener('click', function (e) {
    var f = e.target.closest && e.target.closest('.tree .fold');
    if (!f || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    turn(f.closest('table'), f.closest('tr'), f.href);
  });
  doc.addEventListener('keydown', function (e) {
    var row = e.target;
    if (row.tagName !== 'TR' || e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
    var table = row.closest('table.tree');
    if (!table) return;
    var all = rows(table), at = all.indexOf(row), f = fold(row), open = f && f.getAttribute('aria-expanded') === 'true';
    switch (e.key) {
      case 'ArrowDown': go(table, all[at + 1]); break;
      case 'ArrowUp': go(table, all[at - 1]); break;
      case 'Home': go(table, all[0]); break;
      case 'End': go(table, all[all.length - 1]); break;
      case 'ArrowRight':
        if (f && !open) turn(table, row, f.href);
        else if (open) go(table, all[at + 1]);
        break;
      case 'ArrowLeft':
        if (open) turn(table, row, f.href);
        else go(table, all.slice(0, at).reverse().find(function (r) { return depth(r) < depth(row); }));
        break;
      case 'Enter':
        var link = row.querySelector('th a:not(.fold)');
        if (link) link.click();
        break;
      default: return;
    }
    e.preventDefault();
  });
  doc.querySelectorAll('table.tree').forEach(grid);

  /* Printing needs a script, so its button is hidden without one. */
  doc.querySelectorAll('[data-print]').forEach(function (b) {
    b.hidden = false;
    b.addEventListener('click', function () { window.print(); });
  });

  /* Dialogs: buttons with data-dialog open the one they name. */
  doc.addEventListener('click', function (e) {
    var b = e.target.closest && e.target.closest('[data-dialog]');
    var d = b && doc.getElementById(b.dataset.dialog);
    if (d && d.showModal) { e.preventDefault(); d.showModal(); }
  });
})();
