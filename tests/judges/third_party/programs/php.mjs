// @ts-check
export const packages = ['@php-wasm/node-8-4'];
export const does = '`while (true);`';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { getPHPLoaderModule } = await use('@php-wasm/node-8-4');
  const { loadPHPRuntime, PHP } = await use('@php-wasm/universal');
  const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule(), {}));
  const run = async (/** @type {string} */ code) => (await php.run({ code: `<?php ${code}` })).text;
  return {
    smoke: () => run('$a = [3, 1, 2]; sort($a); echo json_encode([$a, PHP_VERSION, strrev("abc")]);'),
    long: () => run('while (true);'),
  };
}
