// The modules that plugin.ts makes.

declare module "virtual:novel" {
  const text: string;
  export default text;
}
declare module "virtual:languages" {
  const languages: readonly { readonly code: string; readonly name: string; readonly phrases: number }[];
  export default languages;
}
declare module "virtual:phrases" {
  const loaders: { readonly [code: string]: () => Promise<{ default: readonly string[] }> };
  export default loaders;
}
