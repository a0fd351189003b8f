/** The bytes of a wasm file as text (js/engine/inlined_module.js). Building the preset wasm32-wasip1 writes rewriter_wasm.js. */
declare const text: string;
export default text;
