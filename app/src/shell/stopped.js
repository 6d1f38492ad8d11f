// Shows that the page has stopped working, and reports the reason to the server. A script of its own: it has to work when
// the WASM module has crashed or was never loaded.
{
  let isStopped = false;
  const stop = (message) => {
    if (isStopped) return;
    isStopped = true;
    fetch('/client-errors', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: message.slice(0, 2000), page: location.pathname.slice(0, 200) }),
      keepalive: true,
    }).catch(() => {});
    // After the module's current call has returned: these changes may call it again.
    setTimeout(() => {
      // A modal dialog would block the notice's button.
      document.querySelectorAll('dialog:modal').forEach((dialog) => dialog.close());
      const notice = document.getElementById('stopped');
      notice.querySelector('button').addEventListener('click', () => location.reload());
      notice.hidden = false;
    });
  };
  // A panic, with its message; see `kit::dom::panic`.
  addEventListener('fleetcast:panic', ({ detail }) => stop(detail));
  // Other crashes: a trap, a full stack, an exception that was thrown through the module's functions.
  const check = (error, isThrown) => {
    const isFromModule = (isThrown || error instanceof RangeError) && /\bwasm\b/.test(error?.stack);
    if (isFromModule || error instanceof WebAssembly.RuntimeError) stop(`${error}\n${error.stack}`);
  };
  addEventListener('error', ({ error }) => check(error, true));
  // A failed request is rejected with an error that the module created; that is no crash.
  addEventListener('unhandledrejection', ({ reason }) => check(reason, false));
}
