// The type of a `.vue` file for tools that cannot read one; vue-tsc does not need it.
declare module '*.vue' {
  import type { DefineComponent } from 'vue';

  const component: DefineComponent;
  export default component;
}
