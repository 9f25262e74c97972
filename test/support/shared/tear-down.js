export default async function tearDown() {
  await globalThis.fermataShared?.stop();
}
