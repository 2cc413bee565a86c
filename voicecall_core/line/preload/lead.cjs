// Leads a Node program's own connections to carrier and model to the line's doors: `fetch`, `ws` and `https` know of no
// proxy. Names and certificates are checked as ever; only the address is another. A call of `lead` is written below.
'use strict';
const net = require('node:net');

function lead(doors) {
  const connect = net.Socket.prototype.connect;
  const door = (options) => {
    const host = String(options.host || options.hostname || '').toLowerCase().replace(/\.$/, '');
    const led = Object.hasOwn(doors, host) && !options.path && Number(options.port) === 443;
    return led ? { ...options, host: '127.0.0.1', port: doors[host], lookup: undefined } : options;
  };
  net.Socket.prototype.connect = function (...given) {
    const [first] = given;
    if (Array.isArray(first) && first[0] && typeof first[0] === 'object') {
      first[0] = door(first[0]); // as net.connect hands its arguments on
    } else if (first && typeof first === 'object') {
      given[0] = door(first);
    } else if (first !== undefined && !Number.isNaN(Number(first)) && typeof given[1] === 'string') {
      const moved = door({ port: Number(first), host: given[1] });
      [given[0], given[1]] = [moved.port, moved.host];
    }
    return connect.apply(this, given);
  };
}
