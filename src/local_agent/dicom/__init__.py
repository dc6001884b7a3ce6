"""Images and worklist at the site."""
