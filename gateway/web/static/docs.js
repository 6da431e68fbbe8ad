// Starts Swagger UI on our own document. No validator's badge and no address bar: both would ask other servers.
"use strict";

const place = document.getElementById("swagger-ui");

window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
