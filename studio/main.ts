import { mount } from "svelte";
import "./shell/server.js"; // first: it takes the token out of the address
import App from "./App.svelte";
import { applyPalette } from "./shell/palette.js";
import "./shell/theme.css";

applyPalette();
mount(App, { target: document.getElementById("app")! });
