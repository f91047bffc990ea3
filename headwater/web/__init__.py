"""Live pages: what commands tell in a terminal, in a browser. `headwater.web.routes.mount` adds them."""
