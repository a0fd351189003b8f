/** The bytes of the module's wasm file in base64. Building the preset wasm32-wasip1 writes binary.js. */
declare const base64: string;
export default base64;
