/** One turn of a conversation with a provider's model. */
import { generateText, jsonSchema, tool, type JSONSchema7, type ModelMessage, type ToolSet } from 'ai';
import { withFailures, usageOf, type ConnectedModel } from './ask.ts';
import type { CallOptions, ChatMessage, ChatReply, ChatRequest, ModelResult } from './types.ts';
import { costOf } from './usage.ts';

/** A model says nothing about how sure it is of a turn. */
const unknownConfidence = 0.5;

/** Asks for the next turn. Tools are never run here: what the model asks for comes back unchecked. */
export async function chat(
  model: ConnectedModel,
  request: ChatRequest,
  options: CallOptions = {},
): Promise<ModelResult<ChatReply>> {
  const answer = await withFailures(model, options, (abortSignal) =>
    generateText({
      model: model.language,
      maxRetries: 0,
      abortSignal,
      system: request.instructions,
      messages: request.messages.map(message),
      tools: toolSet(request.tools ?? []),
    }),
  );
  const usage = usageOf(answer.usage);
  const toolCalls = answer.toolCalls.map((call) => ({
    id: call.toolCallId,
    name: call.toolName,
    args: call.input,
  }));
  return {
    value: { text: answer.text, toolCalls },
    confidence: unknownConfidence,
    usage,
    cost: costOf(usage, model.price),
    model: model.id,
    cached: false,
  };
}

function toolSet(tools: NonNullable<ChatRequest['tools']>): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => [
      name,
      tool({ description, inputSchema: jsonSchema((parameters ?? { type: 'object' }) as JSONSchema7) }),
    ]),
  );
}

function message(sent: ChatMessage): ModelMessage {
  switch (sent.role) {
    case 'user':
      return { role: 'user', content: sent.text };
    case 'assistant': {
      const calls = (sent.toolCalls ?? []).map(({ id, name, args }) => ({
        type: 'tool-call' as const,
        toolCallId: id,
        toolName: name,
        // What a model wrote instead of an object is kept, but providers take objects only.
        input: typeof args === 'object' && args !== null ? args : { invalid: args },
      }));
      const said = sent.text === '' ? [] : [{ type: 'text' as const, text: sent.text }];
      return { role: 'assistant', content: [...said, ...calls] };
    }
    case 'tool': {
      const output = { type: 'text' as const, value: sent.text };
      return { role: 'tool', content: [{ type: 'tool-result', toolCallId: sent.id, toolName: sent.name, output }] };
    }
  }
}
