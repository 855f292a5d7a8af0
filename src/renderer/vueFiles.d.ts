// What a `.vue` file is to tools that cannot read one; vue-tsc, which can, does not need this.
declare module '*.vue' {
  import type { DefineComponent } from 'vue';

  const component: DefineComponent;
  export default component;
}
