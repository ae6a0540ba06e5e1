// The addon and its platform packages are not typed modules: their surface is described in docs/native-boundary.md.
declare module '*.node' {
  const addon: any
  export = addon
}
declare module 'sharded-*' {
  const addon: any
  export = addon
}
