# PLS path modelling from a correlation matrix, in base R: Mode A, path weighting.
#
#   R       p x p correlations of the indicators
#   blocks  p x k, 1 where an indicator belongs to a construct
#   design  k x k, 1 where the construct of the row has a path to that of the column
#
# Composites have variance one, and a positive sum of correlations with their own indicators.

# Masks of a model given as a named list of blocks and a two-column matrix of paths.
masks <- function(blocks_of, routes) {
  names <- names(blocks_of)
  items <- unlist(blocks_of, use.names = FALSE)
  blocks <- sapply(blocks_of, function(own) as.numeric(items %in% own))
  rownames(blocks) <- items
  design <- matrix(0, length(names), length(names), dimnames = list(names, names))
  design[routes] <- 1
  list(blocks = blocks, design = design)
}

pls <- function(R, blocks, design, start = blocks) {
  W <- unit_variance(start, R, blocks)
  for (round in 1:2000) {
    C <- t(W) %*% R %*% W
    E <- C * t(design) + regress(C, design)
    update <- unit_variance((R %*% W %*% E) * blocks, R, blocks)
    change <- max(abs(update - W))
    W <- update
    if (change < 1e-14) break
  }
  stopifnot(change < 1e-13)
  C <- t(W) %*% R %*% W
  B <- regress(C, design)
  list(W = W, L = (R %*% W) * blocks, B = B, r2 = colSums(B * C), T = total(B))
}

unit_variance <- function(W, R, blocks) {
  covariance <- R %*% W
  sign <- ifelse(colSums(covariance * blocks) < 0, -1, 1)
  sweep(W, 2, sign / sqrt(colSums(W * covariance)), "*")
}

regress <- function(C, design) {
  B <- 0 * C
  for (j in which(colSums(design) > 0)) {
    causes <- which(design[, j] == 1)
    B[causes, j] <- solve(C[causes, causes, drop = FALSE], C[causes, j])
  }
  B
}

total <- function(B) solve(diag(nrow(B)) - B) - diag(nrow(B))

# 0-100 indices of items from 1 to 10, by the unstandardised weights.
indices <- function(W, means, sds) {
  V <- W / sds
  100 * (colSums(V * means) / colSums(V) - 1) / 9
}

# The statistics of a fit by their labels, from means and covariances.
statistics <- function(mean, cov, blocks, design) {
  fit <- pls(cov2cor(cov), blocks, design)
  own <- which(blocks == 1, arr.ind = TRUE)
  own <- own[order(own[, 1]), , drop = FALSE]
  items <- rownames(blocks)[own[, 1]]
  routes <- which(t(design) == 1, arr.ind = TRUE)[, 2:1, drop = FALSE]
  reached <- which(t(total(design)) > 0, arr.ind = TRUE)[, 2:1, drop = FALSE]
  label <- function(pairs) paste(rownames(design)[pairs[, 1]], "->", rownames(design)[pairs[, 2]])
  list(
    paths = setNames(fit$B[routes], label(routes)),
    weights = setNames(fit$W[own], items),
    loadings = setNames(fit$L[own], items),
    r2 = fit$r2[colSums(design) > 0],
    total_effects = setNames(fit$T[reached], label(reached)),
    indices = indices(fit$W, mean, sqrt(diag(cov)))
  )
}
