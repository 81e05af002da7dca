// The page of the example. The import starts the toolkit from <meta name="agentops">; the rest is an ordinary chat page.
import { getSession, session, withSpan } from '@agentops/web';

session.addBaggage('app.plan', 'pro');

const form = document.querySelector('#ask');
const conversation = document.querySelector('#conversation');
document.querySelector('#session').textContent = getSession().id;

form.addEventListener('submit', event => {
  event.preventDefault();
  const question = form.question.value;
  form.reset();
  void withSpan('ask', { attributes: { 'app.element': 'ask-button' } }, () => ask(question));
});

async function ask(question) {
  say('question', question);
  const answer = say('answer open', '');
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    const response = await fetch('/api/ask', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question, tenant: 'acme' }),
    });
    if (!response.ok) throw new Error(`the planner answered ${response.status}`);
    for await (const { text } of events(response.body)) answer.textContent += text;
    // By now a native `await` has lost the context. The one interaction that is open still gets this request.
    await fetch('/api/feedback', { method: 'POST' });
  } catch (error) {
    answer.classList.add('failed');
    answer.textContent = `Something went wrong: ${error.message}`;
    throw error;
  } finally {
    answer.classList.remove('open');
    button.disabled = false;
  }
}

/** The events of a server-sent stream, as they come. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value;
    const parts = buffer.split('\n\n');
    buffer = parts.pop();
    for (const part of parts) if (part !== 'data: [DONE]') yield JSON.parse(part.slice('data: '.length));
  }
}

function say(kind, text) {
  const item = document.createElement('li');
  item.className = kind;
  item.textContent = text;
  conversation.append(item);
  return item;
}
