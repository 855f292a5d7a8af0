/** The window's entry: connects the bridge, then mounts the app. */
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { bridgeKey, connectBridge } from './bridge/index.ts';

const app = createApp(App);
app.use(createPinia());
app.provide(bridgeKey, await connectBridge());
app.mount('#app');
