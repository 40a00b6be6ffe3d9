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
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    count = count + 1
    local ids = {}
    for place = 1, 50 do ids[place] = '"' .. math.random(1, 1300) .. '"' end
    local body = string.format(
        '{"version":"%s","nonce":"%d-%d-%d-%d","samples":[%s]}',
        os.getenv("VERSION"), started, id, count, math.random(0, 999999), table.concat(ids, ","))
    return wrk.format(nil, "/v1/models/" .. os.getenv("MODEL") .. "/parameters", nil, body)
end

function done(summary, latency)
    io.write(string.format("%.0f requests/s, p50 %.2f ms, p99 %.2f ms, %d refused\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status))
end
