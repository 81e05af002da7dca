/** Of all four packages; a package test holds it to the manifests. */
export const VERSION = '0.2.0';
