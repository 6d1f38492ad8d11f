// Loads the program, both halves at once, and starts it when the document is complete. Ours rather than Leptos' own,
// whose preload tags carry the nonce in another attribute, so that a strict policy refuses them.
{
  const program = import('NAME.js');
  // The program of this page, or the one that all pages share, to which the page's is linked later.
  const module_or_path = fetch('PROGRAM');
  const begun = 'PAGE' && import('/FOLDER/pages.js').then(({ begin }) => begin('PAGE'));

  // What was typed or chosen before the program was there: it starts from the first frame, so it has to be told.
  const isTouched = (field) =>
    field.type === 'radio' || field.type === 'checkbox'
      ? field.checked !== field.defaultChecked && (field.checked || field.type === 'checkbox')
      : field.value !== field.defaultValue;
  const touched = new Map();
  // Told in the order of the last word on each, so that of several choices the latest stays.
  const note = (field) => {
    touched.delete(field);
    touched.set(field, [field.value, field.checked]);
  };
  const hear = ({ target }) => note(target);
  const tell = ([value, checked], field) => {
    const isChoice = field.type === 'radio' || field.type === 'checkbox';
    if (isChoice) field.checked = checked;
    else field.value = value;
    field.dispatchEvent(new Event(isChoice ? 'change' : 'input', { bubbles: true }));
  };

  // The document is the picture of one address. Who goes Back before the program has taken it over wants another one,
  // which the server has to draw: the program would find elements that it does not expect, and end.
  const drawn = location.pathname + location.search;
  const leave = (event) => {
    if (location.pathname + location.search === drawn) return;
    event.stopImmediatePropagation();
    location.reload();
  };
  addEventListener('popstate', leave);

  addEventListener('DOMContentLoaded', async () => {
    // Some fields come filled in: by the browser's memory, or typed into before this script ran.
    [...document.querySelectorAll('input, textarea')].filter(isTouched).forEach(note);
    addEventListener('input', hear, true);
    const { default: load, hydrate } = await program;
    await Promise.all([load({ module_or_path }), begun]);
    await hydrate();
    removeEventListener('popstate', leave);
    removeEventListener('input', hear, true);
    // For whoever drives the page by program: from here on keys and buttons do something.
    document.documentElement.dataset.ready = '';
    setTimeout(() => touched.forEach(tell));
  });
}
