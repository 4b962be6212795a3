// Every text that is seen, whose contrast is below 4.5:1 (WCAG 2, AA).
(() => {
  const channels = (color) => {
    const [r, g, b, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return {rgb: [r, g, b], alpha};
  };
  const luminance = (rgb) => rgb.map((value) => value / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const groundOf = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const {rgb, alpha} = channels(getComputedStyle(it).backgroundColor);
      if (alpha === 1) return rgb;
      if (alpha > 0) throw new Error('a ground that shines through');
    }
    return [255, 255, 255];
  };
  const low = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    texts += 1;
    const [a, b] = [channels(getComputedStyle(element).color).rgb,
      groundOf(element)].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) {
      low.push(`${contrast.toFixed(2)} ${element.className}: ` +
        walker.currentNode.data.slice(0, 40));
    }
  }
  return {texts, low};
})()
