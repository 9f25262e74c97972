/** Ends what `set-up.js` started. */
export default async function tearDown() {
  await globalThis.fermataShared?.stop();
}
