import { mount } from "svelte";
import App from "./App.svelte";
import { applyPalette } from "./shell/palette.js";
import "./shell/theme.css";

applyPalette();
mount(App, { target: document.getElementById("app")! });
