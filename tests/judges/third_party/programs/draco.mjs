// @ts-check
import { createHash } from 'node:crypto';

export const packages = ['draco3d'];
export const does = 'a mesh of 1.3 million triangles encoded';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const encoderModule = await load('draco3d').createEncoderModule({});
  const mesh = (/** @type {number} */ size) => {
    const positions = new Float32Array(3 * size * size);
    for (let i = 0; i < size * size; i++) positions.set([i % size, Math.floor(i / size), Math.sin(i)], 3 * i);
    const faces = new Uint32Array(6 * (size - 1) ** 2);
    for (let i = 0, at = 0; i < size * (size - 1); i++)
      if (i % size < size - 1) {
        faces.set([i, i + 1, i + size, i + 1, i + size, i + size + 1], at);
        at += 6;
      }
    const made = new encoderModule.Mesh();
    const builder = new encoderModule.MeshBuilder();
    builder.AddFacesToMesh(made, faces.length / 3, faces);
    builder.AddFloatAttributeToMesh(made, encoderModule.POSITION, size * size, 3, positions);
    encoderModule.destroy(builder);
    return made;
  };
  const encode = (/** @type {any} */ made) => {
    const encoder = new encoderModule.Encoder();
    const encoded = new encoderModule.DracoInt8Array();
    encoder.SetEncodingMethod(encoderModule.MESH_EDGEBREAKER_ENCODING);
    const length = encoder.EncodeMeshToDracoBuffer(made, encoded);
    const bytes = Uint8Array.from({ length }, (_, i) => encoded.GetValue(i));
    for (const one of [encoded, encoder]) encoderModule.destroy(one);
    return createHash('sha256').update(bytes).digest('hex');
  };
  const [small, large] = [mesh(10), mesh(800)];
  return { smoke: () => encode(small), long: () => encode(large) };
}
