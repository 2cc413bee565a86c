// The same agent for Node: the public hosts written in, and the race with it. Needs twilio and ws.
'use strict';
const http = require('node:http');
const twilio = require('twilio');
const { WebSocket, WebSocketServer } = require('ws');

const PUBLIC = 'https://agent.example.com';
const MODEL = 'wss://api.openai.com/v1/realtime?model=gpt-realtime';
const client = twilio(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN);

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', async () => {
    if (request.url === '/twiml') {
      response.setHeader('Content-Type', 'text/xml');
      const connect = `<Connect><Stream url="${PUBLIC.replace('https', 'wss')}/media"/></Connect>`;
      return response.end(`<Response>${connect}</Response>`);
    }
    const form = new URLSearchParams(body);
    if (form.get('CallStatus') === 'in-progress' && process.env.MENDED !== '1') {
      await client.calls(form.get('CallSid')).update({ twiml: '<Response><Say>Hello!</Say></Response>' });
    }
    response.statusCode = 204;
    response.end();
  });
});

new WebSocketServer({ server, path: '/media' }).on('connection', (phone) => {
  let stream = '';
  const model = new WebSocket(MODEL, { headers: { Authorization: `Bearer ${process.env.OPENAI_API_KEY}` } });
  const tell = (event) => model.readyState === WebSocket.OPEN && model.send(JSON.stringify(event));
  model.on('open', () => {
    const format = { type: 'audio/pcmu' };
    const audio = { input: { format, turn_detection: { type: 'server_vad' } }, output: { format } };
    tell({ type: 'session.update', session: { type: 'realtime', audio } });
    tell({ type: 'response.create' });
  });
  model.on('message', (text) => {
    const said = JSON.parse(text);
    if (said.type === 'response.output_audio.delta') {
      phone.send(JSON.stringify({ event: 'media', streamSid: stream, media: { payload: said.delta } }));
    } else if (said.type === 'input_audio_buffer.speech_started') {
      phone.send(JSON.stringify({ event: 'clear', streamSid: stream }));
    }
  });
  model.on('error', (error) => console.error(error.message));
  phone.on('message', (text) => {
    const said = JSON.parse(text);
    if (said.event === 'start') stream = said.start.streamSid;
    if (said.event === 'media') tell({ type: 'input_audio_buffer.append', audio: said.media.payload });
  });
  phone.on('close', () => model.close());
});

server.listen(Number(process.env.PORT), '127.0.0.1', async () => {
  const whom = { to: process.env.CALLEE || '+15555550101', from: process.env.TWILIO_PHONE_NUMBER };
  const told = { statusCallback: `${PUBLIC}/status`, statusCallbackEvent: ['initiated', 'answered', 'completed'] };
  await client.calls.create({ url: `${PUBLIC}/twiml`, ...whom, ...told });
});
