// The add-on that scenarios' recipes name by `extensionApiId`: 1 is its first version, 2 its next.

export const addonId = "feature-study@mulberry.example";
export const addonVersions = ["1.0.0", "1.1.0"] as const;
