// Loads the program, both halves at once, and starts it when the document is complete. Ours rather than Leptos' own,
// whose preload tags carry the nonce in another attribute, so that a strict policy refuses them.
{
  const program = import('NAME.js');
  const module_or_path = fetch('NAME_bg.wasm');

  // What was typed or chosen before the program was there: it starts from the first frame, so it has to be told.
  const isTouched = (field) =>
    field.type === 'radio' || field.type === 'checkbox'
      ? field.checked !== field.defaultChecked && (field.checked || field.type === 'checkbox')
      : field.value !== field.defaultValue;
  const tell = ([field, value, checked]) => {
    const isChoice = field.type === 'radio' || field.type === 'checkbox';
    if (isChoice) field.checked = checked;
    else field.value = value;
    field.dispatchEvent(new Event(isChoice ? 'change' : 'input', { bubbles: true }));
  };

  addEventListener('DOMContentLoaded', async () => {
    const { default: load, hydrate } = await program;
    await load({ module_or_path });
    const touched = [...document.querySelectorAll('input, textarea')]
      .filter(isTouched)
      .map((field) => [field, field.value, field.checked]);
    hydrate();
    // For whoever drives the page by program: from here on keys and buttons do something.
    document.documentElement.dataset.ready = '';
    setTimeout(() => touched.forEach(tell));
  });
}
