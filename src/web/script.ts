/**
 * The little JavaScript of the pages, as a string. Every page works without it; it adds what HTML cannot:
 * which button fits the edits, more lines, pages that keep themselves current.
 */
export const script = `
'use strict';
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const isChanged = (control) =>
  control.type !== 'hidden' && control.name !== 'comment' && control.value.trim() !== control.defaultValue.trim();

function watchEdits(form) {
  const lineCount = all('.line', form).length;
  const update = () => {
    const controls = all('input[name], textarea[name]', form);
    for (const control of controls) control.classList.toggle('changed', isChanged(control));
    const edited = controls.some(isChanged) || all('.line', form).length !== lineCount || form.dataset.edited === 'yes';
    for (const button of all('[data-when]', form)) button.hidden = (button.dataset.when === 'edited') !== edited;
  };
  form.addEventListener('input', update);
  form.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-line]');
    if (!button) return;
    if (button.dataset.line === 'add') {
      const lines = form.querySelector('.lines');
      lines.append(form.querySelector('template').content.cloneNode(true));
      lines.lastElementChild.querySelector('input').focus();
    } else {
      button.closest('.line').remove();
      form.querySelector('[data-line=add]').focus();
    }
    update();
  });
  for (const button of all('[data-line]', form)) button.hidden = false;
  update();
}

function followTabs(bar) {
  bar.addEventListener('click', (event) => {
    const link = event.target.closest('a[target]');
    if (!link) return;
    for (const other of all('a[target]', bar)) other.removeAttribute('aria-current');
    link.setAttribute('aria-current', 'true');
  });
}

async function refresh(section) {
  if (document.hidden || section.contains(document.activeElement) || String(getSelection())) return;
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.getElementById(section.id);
  if (fresh && fresh.innerHTML !== section.innerHTML) section.innerHTML = fresh.innerHTML;
  if (fresh && fresh.dataset.every) section.dataset.every = fresh.dataset.every;
  else delete section.dataset.every;
}

function keepCurrent(section) {
  const again = () => {
    const every = Number(section.dataset.every);
    if (every) setTimeout(() => refresh(section).catch(() => undefined).then(again), every);
  };
  again();
}

for (const form of all('form[data-fields]')) watchEdits(form);
for (const bar of all('.viewer .bar')) followTabs(bar);
for (const section of all('[data-every]')) keepCurrent(section);
`;
