/* Passkeys. Forms with data-passkey stay hidden, and a line says why, where
   the browser has none. ES2017, no library. */
(function () {
  'use strict';
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  function bytes(s) {
    s = atob(s.replace(/-/g, '+').replace(/_/g, '/'));
    return Uint8Array.from(s, function (c) { return c.charCodeAt(0); });
  }
  function text(b) {
    return btoa(Array.from(new Uint8Array(b), function (c) { return String.fromCharCode(c); }).join(''))
      .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }
  function known(list) {
    return (list || []).map(function (c) { return Object.assign({}, c, { id: bytes(c.id) }); });
  }

  /* What the browser signed, as JSON holds it. */
  function plain(made) {
    var r = made.response, out = {};
    ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'].forEach(function (k) {
      if (r[k]) out[k] = text(r[k]);
    });
    if (r.getTransports) out.transports = r.getTransports();
    return JSON.stringify({
      id: made.id, rawId: text(made.rawId), type: made.type, authenticatorAttachment: made.authenticatorAttachment || undefined,
      response: out, clientExtensionResults: made.getClientExtensionResults()
    });
  }

  async function ask(form) {
    var res = await fetch(form.dataset.ask, { method: 'POST', credentials: 'same-origin', headers: { Accept: 'application/json' } });
    if (!res.ok || res.redirected) throw new Error('refused');
    var options = (await res.json()).publicKey;
    options.challenge = bytes(options.challenge);
    if (form.dataset.passkey === 'create') {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = known(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = known(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }

  document.querySelectorAll('form[data-passkey]').forEach(function (form) {
    var failed = form.querySelector('[data-failed]'), busy = false;
    form.hidden = false;
    form.parentNode.querySelector('[data-lacking]').hidden = true;
    form.addEventListener('submit', async function (e) {
      e.preventDefault();
      e.stopPropagation();
      if (busy) return;
      busy = true;
      failed.hidden = true;
      try {
        form.elements.credential.value = plain(await ask(form));
        form.submit();
      } catch (err) {
        failed.hidden = false;
      }
      busy = false;
    });
  });
})();
