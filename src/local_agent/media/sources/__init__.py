"""The cameras and screens of a site, one module to each way of getting pictures."""
