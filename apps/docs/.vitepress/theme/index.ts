import type { Theme } from "vitepress";
// without the theme's web fonts: they would come from another host
import theme from "vitepress/theme-without-fonts";
import { h } from "vue";
import { HeroPicture } from "./hero-picture.ts";
import "./style.css";

export default {
	extends: theme,
	Layout: () =>
		h(theme.Layout, null, { "home-hero-image": () => h(HeroPicture) }),
} satisfies Theme;
