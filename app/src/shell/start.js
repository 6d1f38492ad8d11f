// Loads the JavaScript and the WASM module in parallel, and hydrates when the document is parsed. In place of Leptos' own
// script, whose preload tags have the nonce in another attribute, so that a strict policy refuses them.
{
  const script = import('SCRIPT');
  // Compiled while it arrives, and while the rest of the document does.
  const module_or_path = WebAssembly.compileStreaming(fetch('WASM_MODULE'));

  // Fields that the user changed before hydration, which starts from the server's values.
  const isTouched = (field) =>
    field.type === 'radio' || field.type === 'checkbox'
      ? field.checked !== field.defaultChecked && (field.checked || field.type === 'checkbox')
      : field.value !== field.defaultValue;
  const touched = new Map();
  // In the order of the last change, so that of several radio buttons the latest wins.
  const record = (field) => {
    touched.delete(field);
    touched.set(field, [field.value, field.checked]);
  };
  const onInput = ({ target }) => record(target);
  const replay = ([value, checked], field) => {
    const isChoice = field.type === 'radio' || field.type === 'checkbox';
    if (isChoice) field.checked = checked;
    else field.value = value;
    field.dispatchEvent(new Event(isChoice ? 'change' : 'input', { bubbles: true }));
  };

  // The document was rendered for one address. If the user goes back before hydration, the server has to render the other
  // page: hydration would find unexpected elements and panic.
  const rendered = location.pathname + location.search;
  const onPopState = (event) => {
    if (location.pathname + location.search === rendered) return;
    event.stopImmediatePropagation();
    location.reload();
  };
  addEventListener('popstate', onPopState);

  addEventListener('DOMContentLoaded', async () => {
    // Fields that the browser restored, or that were changed before this script ran.
    [...document.querySelectorAll('input, textarea')].filter(isTouched).forEach(record);
    addEventListener('input', onInput, true);
    const { default: load, hydrate } = await script;
    await load({ module_or_path });
    hydrate();
    removeEventListener('popstate', onPopState);
    removeEventListener('input', onInput, true);
    // For browser tests: from now on keys and buttons work.
    document.documentElement.dataset.ready = '';
    setTimeout(() => touched.forEach(replay));
  });
}
