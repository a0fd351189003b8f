/** The bytes of a wasm file in hexadecimal digits. Building the preset wasm32-wasip1 writes rewriter_wasm.js. */
declare const text: string;
export default text;
