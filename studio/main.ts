import { mount } from "svelte";
import App from "./App.svelte";
import "./shell/theme.css";

mount(App, { target: document.getElementById("app")! });
