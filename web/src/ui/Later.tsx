import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/**
 * A component whose code is fetched when it is first shown. Until then, and where the code cannot be had, there is
 * an empty box of the class `wait`.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, wait: string): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Later(props: P) {
    const [Component, setComponent] = useState<ComponentType<P> | null>(() => loaded);
    useEffect(() => {
      if (Component) return undefined;
      let gone = false;
      load().then(
        (component) => {
          loaded = component;
          if (!gone) setComponent(() => component);
        },
        () => {
          // The server was upgraded or cannot be reached; the page itself says so.
        },
      );
      return () => {
        gone = true;
      };
    }, [Component]);
    return Component ? <Component {...props} /> : <div class={wait} aria-hidden="true" />;
  };
}
