import type { ComponentChildren } from 'preact';
import { safeUrl } from './links';
import type { ShownValue } from './values';

/** Wraps a value in its first data link, where it has one. */
export function ValueLink(props: { value: ShownValue; children: ComponentChildren }) {
  const link = props.value.field.config.links?.find((l) => l.url !== '');
  const url = link ? safeUrl(link.url, props.value.lookup) : null;
  if (!link || url === null) return <>{props.children}</>;
  return (
    <a class="value-link" href={url} title={link.title} {...(link.targetBlank ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
      {props.children}
    </a>
  );
}
