/** The extension's own id in Firefox: no study may bring an add-on under it, for its end would uninstall us. */
export const ownAddonId = "mulberry@mulberry.example";
