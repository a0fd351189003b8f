// @ts-check
export const packages = ['opencv-wasm'];
export const does = 'a bilateral filter over 3000 x 3000 pixels';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const { cv } = load('opencv-wasm');
  const large = cv.Mat.ones(3000, 3000, cv.CV_8UC1);
  const result = new cv.Mat();
  return {
    smoke() {
      const small = cv.matFromArray(3, 4, cv.CV_8UC1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      cv.medianBlur(small, result, 3);
      small.delete();
      return [result.rows, result.cols, [...result.data]];
    },
    long: () => cv.bilateralFilter(large, result, 61, 50, 50),
  };
}
