// @ts-check
export const packages = ['@ffmpeg/core'];
export const does = 'a day of video encoded';

/** @param {import('../program.mjs').Access} access */
export async function open({ bytes, use }) {
  const wasmBinary = bytes('@ffmpeg/core/dist/esm/ffmpeg-core.wasm');
  /** @type {any} */ (globalThis).self ??= { location: { href: import.meta.url } }; // that build is for workers of pages
  const { default: createFFmpegCore } = await use('@ffmpeg/core');
  const create = () => createFFmpegCore({ wasmBinary });
  let core = await create();
  const encode = (/** @type {number} */ seconds) =>
    core.exec('-f', 'lavfi', '-i', `testsrc=d=${seconds}:s=128x96:r=10`, '-c:v', 'libx264', '-f', 'null', '-');
  return {
    smoke: () => [encode(1), core.exec('-f', 'lavfi', '-i', 'sine=d=1', 'a.wav'), core.FS.readFile('a.wav').length],
    long: () => encode(86_400),
    recover: {
      renews: true,
      how: 'a new instance: ffmpeg keeps its state in globals',
      call: async () => (core = await create()),
    },
  };
}
