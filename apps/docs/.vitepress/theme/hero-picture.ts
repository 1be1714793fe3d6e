/** Beside the title of the first page: requests on a time line that wait for one refresh. */
import { type FunctionalComponent, h } from "vue";

const lanes = 9;
const laneHeight = 24;
/** When the token runs out, and when the new one is there. */
const endX = 150;
const backX = 290;

const bar = (
	name: string,
	x: number,
	y: number,
	width: number,
	height = 12,
): ReturnType<typeof h> =>
	h("rect", { class: name, x, y, width, height, rx: 4 });

export const HeroPicture: FunctionalComponent = () =>
	h(
		"svg",
		{
			class: "hero-picture",
			viewBox: "0 0 440 320",
			role: "img",
			"aria-label":
				"Nine requests on a time line. The token runs out, all of them wait for one refresh, and go on with the new token.",
		},
		[
			h("text", { x: endX, y: 14, "text-anchor": "middle" }, "token runs out"),
			h("path", { class: "line", d: `M${endX} 22V310` }),
			h("path", { class: "line", d: `M${backX} 22V310` }),
			bar("wire", endX + 8, 32, backX - endX - 16, 20),
			h("text", { x: backX + 10, y: 47 }, "one refresh"),
			...Array.from({ length: lanes }, (_, lane) => {
				const y = 74 + lane * laneHeight;
				const beginX = endX + 6 + ((lane * 37) % 71);
				return [
					...(lane % 3 === 1
						? [bar("old", 20 + ((lane * 29) % 46), y, 48 + ((lane * 13) % 30))]
						: []),
					bar("wait", beginX, y, backX - beginX - 4),
					bar("good", backX + 4, y, 44 + ((lane * 53) % 84)),
				];
			}).flat(),
			...[
				["the old token", 76],
				["wait", 220],
				["the new token", 352],
			].map(([says, x]) =>
				h("text", { x, y: 308, "text-anchor": "middle" }, says),
			),
		],
	);
HeroPicture.displayName = "HeroPicture";
