-- wrk's requests that store events, for one thread: 20 new events each, in turn from the devices whose tokens stand in the file TOKENS,
-- a token a line.
function init()
    count = 0
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    path = "/v1/models/" .. os.getenv("MODEL") .. "/events"
    tokens = {}
    for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
    started = os.time()
end

function request()
    count = count + 1
    wrk.headers["Authorization"] = "Bearer " .. tokens[count % #tokens + 1]
    local events = {}
    for place = 1, 20 do
        events[place] = string.format('{"id":"%d-%d-%d","item":"%d","time":%d}', started, count, place, count % 1300 + 1, started)
    end
    return wrk.format(nil, path, nil, '{"events":[' .. table.concat(events, ",") .. "]}")
end

function done(summary, latency)
    io.write(string.format("%.0f events/s, p50 %.2f ms, p99 %.2f ms, %d refused\n",
        20 * (summary.requests - summary.errors.status) / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.status))
end
