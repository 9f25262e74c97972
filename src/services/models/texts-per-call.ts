/** Small texts that share one request to a provider's model. */
export const textsPerCall = 20;
