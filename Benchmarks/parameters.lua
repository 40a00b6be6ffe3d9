-- wrk's requests for parameters: 50 raw ids and a nonce of its own each. VERSION comes from the environment.
local threads = 0
function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init()
    math.randomseed(id + 1)
    count = 0
    started = os.time()
    -- Made beforehand, so that the generator of load takes little of the machine.
    histories = {}
    for number = 1, 2000 do
        local ids = {}
        for place = 1, 50 do ids[place] = '"' .. math.random(1, 1300) .. '"' end
        histories[number] = table.concat(ids, ",")
    end
    path = "/v1/models/" .. os.getenv("MODEL") .. "/parameters"
    version = os.getenv("VERSION")
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    count = count + 1
    return wrk.format(nil, path, nil, string.format(
        '{"version":"%s","nonce":"%d-%d-%d","samples":[%s]}', version, started, id, count,
        histories[count % #histories + 1]))
end

function done(summary, latency)
    io.write(string.format("%.0f requests/s, p50 %.2f ms, p99 %.2f ms, %d refused\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status))
end
