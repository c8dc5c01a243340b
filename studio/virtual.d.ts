/** Made by the plugin in vite.config.ts from the library's source. */
declare module "virtual:library-reference" {
  export const functions: readonly import("./library-reference.js").LibraryFunction[];
}
