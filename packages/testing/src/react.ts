import { type ComponentType, createElement, type ReactNode } from "react";

/**
 * A wrapper for `render` of a testing library.
 *
 * Takes the provider instead of importing it, so that this package does not depend on the one that it helps to test.
 *
 * @example
 * render(<Profile />, { wrapper: createWrapper(AuthProvider, signedIn({ user })) });
 */
export function createWrapper<Auth>(
	Provider: ComponentType<{ auth: Auth; children?: ReactNode }>,
	auth: NoInfer<Auth>,
): ComponentType<{ children: ReactNode }> {
	return function Wrapper({ children }): ReactNode {
		return createElement(Provider, { auth, children });
	};
}
