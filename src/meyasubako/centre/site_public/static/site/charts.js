// Draws each chart of the page from its specification, without eval (the page's policy forbids it) and with
// Vega's own style sheet left out: tooltips are styled in site.css.
"use strict";

(async () => {
  document.querySelector(".navigation [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest", behavior: "instant" });
  const specs = JSON.parse(document.getElementById("chart-specs").textContent);
  for (const place of document.querySelectorAll("[data-chart]")) {
    const spec = specs[place.dataset.chart];
    // The page has a legend of its own, which wraps on a phone; the one in the picture is for elsewhere.
    spec.config.legend = { disable: true };
    place.replaceChildren();
    try {
      await vegaEmbed(place, spec, {
        ast: true,
        renderer: "svg",
        actions: false,
        defaultStyle: false,
        tooltip: { disableDefaultStyle: true },
      });
      place.classList.add("drawn");
    } catch (error) {
      // The table below says the same: leave the place empty and tell the console.
      console.error(place.dataset.chart, error);
    }
  }
  document.documentElement.dataset.charts = "drawn";
})();
