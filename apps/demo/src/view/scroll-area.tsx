import type { KeyboardEventHandler, ReactNode, Ref } from "react";

/** Scrolls, also by keyboard. */
export function ScrollArea({
	label,
	className = "",
	ref,
	onKeyDown,
	children,
}: {
	readonly label: string;
	readonly className?: string;
	readonly ref?: Ref<HTMLElement>;
	readonly onKeyDown?: KeyboardEventHandler;
	readonly children: ReactNode;
}) {
	return (
		<section
			className={`scroll ${className}`}
			ref={ref}
			aria-label={label}
			onKeyDown={onKeyDown}
			// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
			tabIndex={0}
		>
			{children}
		</section>
	);
}
