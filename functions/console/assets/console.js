// The script of the console: what HTML and htmx can't do. Keys, the booking form of a slot, the renewal of the
// session, and the refresh of the day. Every page works without it.
'use strict';
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const body = document.body;
  const drawer = $('#drawer');
  const MINUTE = 60000;

  // ── Notices ───────────────────────────────────────────────────────────────
  const notice = (text, kind) => {
    const place = $('#notices');
    if (!place) return;
    const box = document.createElement('div');
    box.className = `notice ${kind}`;
    box.setAttribute('role', 'status');
    box.textContent = text;
    place.replaceChildren(box);
  };
  const offline = () => notice(body.dataset.offline, 'bad');
  addEventListener('offline', offline);
  addEventListener('online', () => { $('#notices')?.replaceChildren(); poll(); });
  document.addEventListener('htmx:error', () => (navigator.onLine ? notice(body.dataset.failed, 'bad') : offline()));

  // ── The bar while something is loading, after 300 ms ──────────────────────
  let waiting = 0;
  let bar;
  const wait = (more) => {
    waiting = Math.max(0, waiting + more);
    clearTimeout(bar);
    if (waiting) bar = setTimeout(() => body.classList.add('loading'), 300);
    else body.classList.remove('loading');
  };
  document.addEventListener('htmx:before:request', () => wait(1));
  document.addEventListener('htmx:finally:request', () => wait(-1));

  // ── The drawer ────────────────────────────────────────────────────────────
  // Where the focus came from: the element, and its place on the board, where another one may be meanwhile.
  let origin = null;
  const top = (element) => element.getBoundingClientRect().top;
  const items = (column) => all('[data-slot], [data-entry]', column).sort((a, b) => top(a) - top(b));
  const nearest = (column, from) => items(column).sort((a, b) => Math.abs(top(a) - from) - Math.abs(top(b) - from))[0];
  const remember = (element) => {
    const column = element.closest('.column');
    origin = {element, heading: column?.getAttribute('aria-labelledby'), top: top(element)};
  };
  // A key that was pressed on an appointment of the board: it is for the drawer that opens.
  let queued = '';
  const opened = () => {
    const field = $('[data-first]', drawer) ?? $('h2', drawer);
    if (!drawer.contains(document.activeElement)) field?.focus();
    // What can be undone for some seconds.
    for (const brief of all('[data-brief]', drawer)) setTimeout(() => brief.remove(), 10000);
    const key = queued;
    queued = '';
    if (key) follow(key);
  };
  // A booking that is interrupted stays as a chip at the foot, with all that was filled in and with its key.
  // The next page has it, too; not the next user: the sign-in page forgets it.
  const label = (chip) => $('[data-resume]', chip);
  const save = () => {
    const drafts = all('#drafts .chip').map((chip) => ({text: label(chip).textContent, values: chip.values}));
    sessionStorage.setItem('drafts', JSON.stringify(drafts));
  };
  const restore = () => {
    if ($('form[action$="/sign-in"]')) sessionStorage.removeItem('drafts');
    if (!$('#drafts')) return;
    for (const {text, values} of JSON.parse(sessionStorage.getItem('drafts') ?? '[]')) {
      const chip = $('#draft-chip').content.cloneNode(true).firstElementChild;
      label(chip).textContent = text;
      chip.values = values;
      $('#drafts').append(chip);
    }
  };
  const keep = () => {
    const form = $('[data-booking]', drawer);
    const chips = $('#drafts');
    const typed = form && all('input:not([type=hidden], [type=radio]), textarea', form).map((field) => field.value.trim());
    if (!chips || !form || !(typed.some(Boolean) || $('[name=patient]:checked', form))) return;
    const chip = $('#draft-chip').content.cloneNode(true).firstElementChild;
    const chosen = $('[name=patient]:checked', form)?.closest('.choice')?.querySelector('strong')?.textContent;
    const names = ['first_name', 'last_name'].map((name) => form.elements[name]?.value).join(' ').trim();
    const who = chosen ?? (names || form.elements.search?.value || '');
    label(chip).textContent = [$('[data-fill=label]', form)?.textContent, who].filter(Boolean).join(' · ');
    chip.draft = [...drawer.childNodes];
    chip.values = Object.fromEntries(new FormData(form));
    drawer.replaceChildren();
    chips.append(chip);
    if (chips.childElementCount > 3) chips.firstElementChild.remove();
    save();
  };
  const resume = (chip) => {
    keep();
    if (chip.draft) drawer.replaceChildren(...chip.draft);
    else htmx.ajax('POST', $('#drafts').dataset.resumePath, {target: '#drawer', values: chip.values});
    chip.remove();
    save();
    $('[data-first]', drawer)?.focus();
  };
  const close = () => {
    keep();
    drawer?.replaceChildren();
    const column = origin?.heading && document.getElementById(origin.heading)?.closest('.column');
    const back = origin?.element.isConnected ? origin.element : column && nearest(column, origin.top);
    (back || $('#day [data-entry], #day [data-slot], #beside button, #beside a'))?.focus({preventScroll: true});
    origin = null;
  };
  document.addEventListener('htmx:after:swap', (event) => {
    if (drawer && (event.target === drawer || drawer.contains(event.target) || event.detail?.ctx?.target === drawer)) opened();
  });

  // A slot opens the form that is in the page already: no request.
  const book = (slot) => {
    const template = $('#booking-form');
    if (!template || !drawer) return false;
    remember(slot);
    keep();
    drawer.replaceChildren(template.content.cloneNode(true));
    const form = $('[data-booking]', drawer);
    for (const name of ['doctor', 'room', 'start', 'end', 'place']) form.elements[name].value = slot.dataset[name];
    if (slot.dataset.clinic) form.elements.clinic.value = slot.dataset.clinic;
    form.elements.key.value = crypto.randomUUID();
    $('[data-fill=label]', form).textContent = slot.dataset.label;
    $('[data-fill=place]', form).textContent = slot.dataset.place;
    htmx.process(drawer);
    $('[data-first]', form).focus();
    return true;
  };

  document.addEventListener('click', (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    const slot = target.closest('[data-slot]');
    if (slot && plain && book(slot)) event.preventDefault();
    const chip = target.closest('[data-draft]');
    if (chip && target.closest('[data-resume]')) resume(chip);
    else if (chip) { chip.remove(); save(); }
    if (target.closest('[hx-target="#drawer"]') && !drawer?.contains(target)) {
      remember(target.closest('a,button'));
      keep();
    }
    const reply = target.closest('[data-text]');
    if (reply && plain) {
      // A quick reply goes into the field, after what is there already.
      const field = $('#answer textarea');
      event.preventDefault();
      field.value = [field.value.trimEnd(), reply.dataset.text].filter(Boolean).join('\n');
      field.focus();
    }
    if (target.closest('[data-close]')) close();
    if (target.closest('[data-print]')) print();
    if (target.closest('[data-keys]')) $('#keys')?.showModal();
    if (!target.closest('.search')) $('#found')?.replaceChildren();
    for (const menu of all('details.account[open], details.hiding[open]')) if (!menu.contains(target)) menu.open = false;
  });

  // An appointment that is dragged onto a free slot: the drawer asks, and the server decides.
  let dragged = null;
  document.addEventListener('dragstart', (event) => { dragged = event.target.closest?.('[data-entry]'); });
  document.addEventListener('dragend', () => { dragged = null; });
  document.addEventListener('dragover', (event) => {
    if (dragged && event.target.closest?.('[data-slot]')) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    const slot = dragged && event.target.closest?.('[data-slot]');
    if (!slot) return;
    event.preventDefault();
    remember(slot);
    keep();
    const {doctor, room, start} = slot.dataset;
    const choice = encodeURIComponent([doctor, room, start, ''].join('|'));
    htmx.ajax('GET', `${dragged.getAttribute('href')}/move?choice=${choice}`, {target: '#drawer'});
  });

  // ── Forms: a select that shows at once, and no second submission ──────────
  document.addEventListener('change', (event) => {
    // Who is told of a booking: the patient who is chosen, or is being registered.
    const who = event.target.closest?.('[data-booking] :is([name=patient], [name=phone_number])');
    const number = who?.dataset.phone ?? who?.value;
    if (number) for (const told of all('[data-told]', who.form)) told.textContent = number;
    const form = event.target.closest?.('form[data-submit]');
    if (form) form.requestSubmit();
  });
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method !== 'post' || form.hasAttribute('hx-post')) return;
    if (form.dataset.sent && Date.now() - form.dataset.sent < 5000) event.preventDefault();
    form.dataset.sent = Date.now();
  });

  // ── The day, and the messages, as other desks and patients change them ────
  const tags = {};
  let polled = Date.now();
  const poll = () => {
    if (!navigator.onLine) return;
    polled = Date.now();
    for (const part of all('[data-poll]')) part.dispatchEvent(new CustomEvent('poll'));
  };
  setInterval(() => {
    if (Date.now() - polled >= (document.hidden ? 5 * MINUTE : MINUTE / 2)) poll();
  }, 5000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) { renew(); poll(); } });
  document.addEventListener('htmx:config:request', (event) => {
    const {ctx} = event.detail;
    const tag = tags[ctx.sourceElement?.id];
    if (tag) ctx.request.headers['If-None-Match'] = tag;
  });
  document.addEventListener('htmx:before:response', (event) => {
    const {sourceElement, response} = event.detail.ctx;
    if (sourceElement?.matches('[data-poll]') && response.status === 200) tags[sourceElement.id] = response.headers.get('ETag');
  });
  // What this desk changed is seen at once, and so is what another one did meanwhile.
  document.addEventListener('htmx:after:request', (event) => {
    const {ctx} = event.detail;
    const changed = ctx.request.method === 'POST' && (ctx.response.status < 300 || ctx.response.status === 409);
    if (!changed || /\/(patients|draft|preview)$/.test(ctx.request.action)) return;
    poll();
    $('#beside')?.dispatchEvent(new CustomEvent('changed'));
  });

  // The board begins at the current time. On a phone the page scrolls, with one column in sight: to the first open hour.
  const board = $('.board');
  const now = $('.now');
  if (board && board.scrollHeight > board.clientHeight) {
    if (now) board.scrollTop += top(now) - top(board) - 160;
  } else {
    const first = now ?? all('.open', $('.column') ?? body).sort((a, b) => top(a) - top(b))[0];
    if (first && top(first) > innerHeight / 2) scrollBy(0, top(first) - 160);
  }

  // ── The session ───────────────────────────────────────────────────────────
  // The token lasts 10 minutes. One tab renews for all; a refresh token that was cut off may be used again for 20 s.
  let renewed = Date.now();
  const request = async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        const answer = await fetch(body.dataset.renew, {method: 'POST', signal: AbortSignal.timeout(6000)});
        if (answer.status < 500) return;
      } catch { /* cut off: again */ }
      await new Promise((done) => { setTimeout(done, 1500); });
    }
  };
  const renew = async () => {
    if (document.hidden || !$('#sign-out') || Date.now() - renewed < 8 * MINUTE) return;
    renewed = Date.now();
    if (navigator.locks) await navigator.locks.request('renew', {ifAvailable: true}, (lock) => lock && request());
    else await request();
  };
  setInterval(renew, 15000);
  // After half an hour without a key or a click the page is left, and the password is asked for.
  let touched = Date.now();
  for (const name of ['pointerdown', 'keydown']) addEventListener(name, () => { touched = Date.now(); }, {passive: true});
  setInterval(() => {
    const form = $('#sign-out');
    if (!form || Date.now() - touched < 30 * MINUTE) return;
    form.elements.next.value = location.pathname + location.search;
    form.submit();
  }, 20000);
  // A page from the history may be somebody else's.
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });

  // ── Keys ──────────────────────────────────────────────────────────────────
  const isField = (element) => element?.closest?.('input, textarea, select, [contenteditable]');
  const follow = (key) => {
    const scope = drawer?.childElementCount ? drawer : document;
    const found = $(`[data-key="${key}"]`, scope) ?? (['t', '[', ']'].includes(key) ? $(`[data-key="${CSS.escape(key)}"]`) : null);
    if (!found) return false;
    if (found.matches('summary')) { found.parentElement.open = true; $('input:not([type=hidden])', found.parentElement)?.focus(); }
    else found.click();
    return true;
  };
  const step = (from, key) => {
    const column = from.closest('.column');
    if (key === 'ArrowUp' || key === 'ArrowDown') {
      const list = items(column);
      return list[list.indexOf(from) + (key === 'ArrowDown' ? 1 : -1)];
    }
    const columns = all('.column');
    const next = columns[columns.indexOf(column) + (key === 'ArrowRight' ? 1 : -1)];
    return next && nearest(next, top(from));
  };

  let typed = 0;
  let burst = '';
  let pendingKey;
  let go = 0;
  const search = (text) => {
    const field = $('#search');
    if (!field) return;
    field.focus();
    field.value = text;
    field.dispatchEvent(new Event('input', {bubbles: true}));
  };
  const command = (key) => {
    if (key === '?') return $('#keys')?.showModal();
    if (key === '/') return search('');
    if (key === 'f') return ($('#day [data-slot]') ?? body).focus();
    if (key === 'n' && $('#day [data-slot]')) return book($('#day [data-slot]'));
    const entry = document.activeElement.closest('[data-entry]');
    if (['c', 'm', 'x'].includes(key) && entry && !drawer?.childElementCount) {
      queued = key;
      return entry.click();
    }
    return follow(key);
  };

  document.addEventListener('keydown', (event) => {
    const {key} = event;
    if (key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.matches?.('#answer textarea')) event.target.form.requestSubmit();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (key === 'Escape') {
      if ($('#found')?.childElementCount) $('#found').replaceChildren();
      else if (drawer?.childElementCount) close();
      return;
    }
    if (key === 'Enter' && event.target.matches?.('[data-first]')) {
      // The first match is chosen; a second Enter books.
      const first = $('.choice input', event.target.form);
      event.preventDefault();
      if (first) { first.checked = true; first.focus(); first.dispatchEvent(new Event('change', {bubbles: true})); }
      return;
    }
    if (isField(event.target) || $('dialog[open]')) return;
    if (key.startsWith('Arrow') && event.target.matches?.('[data-slot], [data-entry]')) {
      const next = step(event.target, key);
      if (next) { event.preventDefault(); next.focus(); }
      return;
    }
    if (key.length !== 1 || key === ' ' || body.hasAttribute('data-keys-off')) return;
    event.preventDefault();
    const now = Date.now();
    // People and barcode readers type when the focus isn't where they think: fast letters are a search.
    const fast = now - typed < 300;
    typed = now;
    burst = fast ? burst + key : key;
    clearTimeout(pendingKey);
    if (burst.length > 1) { go = 0; search(burst); return; }
    // A command waits until no other letter has followed.
    const link = go && now - go < 1500 && $(`[data-go="${CSS.escape(key)}"]`);
    go = key === 'g' ? now : 0;
    if (go) return;
    pendingKey = setTimeout(() => { burst = ''; if (link) link.click(); else command(key); }, 300);
  });
  restore();
})();
