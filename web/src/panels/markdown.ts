/** Markdown to HTML, and HTML to harmless HTML: no scripts, no frames, no images from other hosts. */
import DOMPurify from 'dompurify';
import { marked } from 'marked';

export function renderMarkup(text: string, html: boolean): string {
  const raw = html ? text : marked.parse(text, { async: false, gfm: true, breaks: false });
  return DOMPurify.sanitize(raw, {
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'object', 'embed', 'video', 'audio', 'source', 'link', 'base', 'meta'],
    FORBID_ATTR: ['srcset', 'background', 'poster'],
    ADD_ATTR: ['target'],
  });
}

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (!(node instanceof HTMLElement)) return;
  if (node instanceof HTMLAnchorElement && node.hasAttribute('href')) {
    node.rel = 'noopener noreferrer';
    if (/^https?:/i.test(node.getAttribute('href') ?? '')) node.target = '_blank';
  }
  // The page asks no other host for anything, so pictures must be inside the text.
  if (node instanceof HTMLImageElement && !/^data:image\//.test(node.getAttribute('src') ?? '')) {
    const note = document.createElement('span');
    note.className = 'markup-image';
    note.textContent = node.alt !== '' ? `[${node.alt}]` : '[picture]';
    node.replaceWith(note);
  }
  // Inline styles may lay out a text, not fetch anything.
  if (/url\s*\(/i.test(node.getAttribute('style') ?? '')) node.removeAttribute('style');
});
